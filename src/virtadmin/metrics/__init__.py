"""What is measured: the catalogue, parsing of samples, derivation of observations, history and its stores."""
