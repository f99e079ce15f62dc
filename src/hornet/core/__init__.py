"""The one door between mutable objects and pure programs; see README.md in this folder."""
