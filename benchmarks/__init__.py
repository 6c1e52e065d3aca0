"""Each figure that the docs quote, one command each; results are kept in `results/`."""
