// Band-limited sample-rate conversion. (to be written)
