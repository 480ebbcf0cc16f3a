#include "CAssets.h"

// One line here for each file of protocol/schemas; a test compares the folder with this table.
#define SCHEMAS(FILE)                           \
    FILE(audit_entry, "audit-entry")            \
    FILE(change, "change")                      \
    FILE(command, "command")                    \
    FILE(common, "common")                      \
    FILE(document, "document")                  \
    FILE(document_creation, "document-creation") \
    FILE(event, "event")                        \
    FILE(exchange, "exchange")                  \
    FILE(limits, "limits")                      \
    FILE(manifest, "manifest")                  \
    FILE(plugin, "plugin")                      \
    FILE(plugin_patch, "plugin-patch")          \
    FILE(plugin_registration, "plugin-registration") \
    FILE(problem, "problem")                    \
    FILE(proposal, "proposal")                  \
    FILE(proposal_acceptance, "proposal-acceptance") \
    FILE(proposal_declination, "proposal-declination") \
    FILE(request, "request")                    \
    FILE(response, "response")                  \
    FILE(secret_rotation, "secret-rotation")    \
    FILE(view, "view")

// A directive cannot come from a macro, so each file is named here once more.
static const uint8_t audit_entry[] = {
#embed "../../protocol/schemas/audit-entry.json"
};
static const uint8_t change[] = {
#embed "../../protocol/schemas/change.json"
};
static const uint8_t command[] = {
#embed "../../protocol/schemas/command.json"
};
static const uint8_t common[] = {
#embed "../../protocol/schemas/common.json"
};
static const uint8_t document[] = {
#embed "../../protocol/schemas/document.json"
};
static const uint8_t document_creation[] = {
#embed "../../protocol/schemas/document-creation.json"
};
static const uint8_t event[] = {
#embed "../../protocol/schemas/event.json"
};
static const uint8_t exchange[] = {
#embed "../../protocol/schemas/exchange.json"
};
static const uint8_t limits[] = {
#embed "../../protocol/schemas/limits.json"
};
static const uint8_t manifest[] = {
#embed "../../protocol/schemas/manifest.json"
};
static const uint8_t plugin[] = {
#embed "../../protocol/schemas/plugin.json"
};
static const uint8_t plugin_patch[] = {
#embed "../../protocol/schemas/plugin-patch.json"
};
static const uint8_t plugin_registration[] = {
#embed "../../protocol/schemas/plugin-registration.json"
};
static const uint8_t problem[] = {
#embed "../../protocol/schemas/problem.json"
};
static const uint8_t proposal[] = {
#embed "../../protocol/schemas/proposal.json"
};
static const uint8_t proposal_acceptance[] = {
#embed "../../protocol/schemas/proposal-acceptance.json"
};
static const uint8_t proposal_declination[] = {
#embed "../../protocol/schemas/proposal-declination.json"
};
static const uint8_t request[] = {
#embed "../../protocol/schemas/request.json"
};
static const uint8_t response[] = {
#embed "../../protocol/schemas/response.json"
};
static const uint8_t secret_rotation[] = {
#embed "../../protocol/schemas/secret-rotation.json"
};
static const uint8_t view[] = {
#embed "../../protocol/schemas/view.json"
};

#define ROW(array, text) {text, array, sizeof array},
static const assets_file schemas[] = {SCHEMAS(ROW)};

int assets_schema_count(void) {
    return (int)(sizeof schemas / sizeof schemas[0]);
}

assets_file assets_schema(int index) {
    return schemas[index];
}
