"""Posts for X out of a longer text: counted, cut, asked for, read and laid out. All but `writing.py` is pure."""
