"""The playground: the real bot between simulated platforms, to be watched in a browser, without any token.

`opening.py` opens it: the simulators with their people, the door to the model, the bot as a process of its own, and one
page that shows all of it. The bot is told where everything is by its environment, nothing else; it does not know that
it plays.
"""
