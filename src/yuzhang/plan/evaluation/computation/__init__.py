"""The arithmetic of an evaluation, over columns: paths, sums, averages, verdicts, forecasts. No wording, no storage."""
