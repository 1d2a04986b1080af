"""Line mode: no cursor control, no box drawing, for screen readers, pipes and dumb terminals."""
