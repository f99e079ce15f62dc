"""The command `hornet`, beside the package `hornet`, which takes long to import, so that help comes at once."""
