"""Contents as they came, for whom and as long as somebody was granted to see them. Its own file, encrypted."""
