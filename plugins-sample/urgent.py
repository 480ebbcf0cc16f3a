import pluginhost

MANIFEST = {"protocol": ["1.0"], "name": "urgent", "version": "1.0.0", "scopes": ["tags:write"],
            "subscriptions": [{"events": ["document.created", "document.changed"]}]}

def react(request):
    if "urgent" in request["document"]["title"].lower():
        return [{"op": "tag.add", "tag": "urgent"}]

pluginhost.serve(MANIFEST, react, port=9000)
