"""What the product knows and has decided, in SQL: SQLite embedded, PostgreSQL scaled out, one code for both."""
