"""The parts that several figures share: latent maps, reconstructions with their velocities, estimates in words."""
