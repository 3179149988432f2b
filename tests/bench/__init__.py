"""How fast the main pages are, next to an empty page and to a page written by hand for speed alone."""
