"""The learner's figures, audit and gate as one page that needs nothing but itself."""
