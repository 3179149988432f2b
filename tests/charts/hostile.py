"""Text and numbers that try to break a drawing."""

LONG = "A rather long name that says one thing and then another, about $5 and $6, ok?"
ODD = "漢字の提案 😀 مرحبا $\\frac{1}{2}$ <b>&\x00\u202e\ud800"
HUGE = 1e308
