"""One command, one file; this list is what there is, in the order that menus show it."""

from bot.commands.about import about
from bot.commands.chat import chat
from bot.commands.compare import compare, compared
from bot.commands.help import help_
from bot.commands.imagine import imagine
from bot.commands.new import new
from bot.commands.privacy import privacy
from bot.commands.retry import retry
from bot.commands.start import start
from bot.commands.stop import stop

COMMANDS = (chat, new, stop, retry, imagine, compare, compared, help_, privacy, about, start)
