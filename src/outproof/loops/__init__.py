"""What an agent did with its tools in; whether it goes round in circles, out."""
