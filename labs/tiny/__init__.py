"""A text-to-image latent diffusion pipeline small enough to train and run on a processor, and its world of shapes."""
