"""Counts words, slowly: answers later, and what it says becomes a proposal. PLUGINHOST_PLUGIN_SECRET=whsec_… python3 slow.py"""

import time

import pluginhost

MANIFEST = {"protocol": ["1.0"], "name": "slow", "version": "1.0.0", "scopes": ["properties:write"],
            "subscriptions": [{"events": ["document.created", "document.changed"], "onConflict": "propose"}]}


def react(request):
    texts = [block["text"] for block in request["document"]["blocks"]]

    def work():
        time.sleep(5)  # In a real plugin: a model, a service, a person.
        return [{"op": "property.set", "pointer": "/words", "value": sum(len(text.split()) for text in texts)}]

    return pluginhost.Later(work)


if __name__ == "__main__":
    pluginhost.serve(MANIFEST, react, port=9000)
