"""Which Parley this is: said by /about, and to the servers of models. A test compares it with pyproject.toml."""

NAME = "parley"
VERSION = "0.1.0"
