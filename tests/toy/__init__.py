"""A project that is no shop and uses navstate alone: somebody asks for a loan, a clerk takes notes."""
