"""Klachtenregelingen as data, one YAML file per procedure version, and the only reader of YAML."""
