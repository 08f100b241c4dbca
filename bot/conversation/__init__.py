"""One exchange with the model: what was said before, what fits, and what is asked."""
