"""What several labs need: mixtures with exact answers, sampling, statistics, timing."""
