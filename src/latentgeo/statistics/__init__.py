"""Statistics of latent points along geodesics: means and medians, tangent components, medoids."""
