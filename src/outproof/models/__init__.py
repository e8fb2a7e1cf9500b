"""Level 11: ports to models that run beside the product. Each is optional and loaded only where it is asked for."""
