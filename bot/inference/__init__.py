"""Models: the ports to them, the Hugging Face client, the built-in offline guide, and the policies around both."""
