"""The tasks of the tests' machines as a command: the input on standard input, the result printed."""

import json
import sys

given = json.load(sys.stdin)
if sys.argv[1] == "price":
    print(json.dumps(given["price"] * given["n"]))
elif sys.argv[1] == "charge" and given["total"] < 1000:
    print(json.dumps({"receipt": f"r-{given['total']}"}))
else:
    sys.exit("too much")
