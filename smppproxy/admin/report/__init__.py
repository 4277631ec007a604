"""The distribution report for people: words in two languages, pictures, the page to print."""
