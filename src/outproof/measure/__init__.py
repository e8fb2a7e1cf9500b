"""Level 6: counts over a window, in; the measures read off them, out."""
