"""Build and serve every upstream artifact a cluster needs, from public source code."""
