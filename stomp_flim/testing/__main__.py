"""Print digests of a policy's schedules, as `stomp_flim.testing.hash_seeds` reads them."""

import json
import sys

from stomp_flim.foreign_output import answering
from stomp_flim.testing.hash_seeds import digests

if __name__ == "__main__":
    with answering():
        print(json.dumps(digests(sys.argv[1])))
