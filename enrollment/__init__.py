"""How an iPad joins, proves itself and leaves. Takes values and returns values."""
