#include "CAssets.h"

// One array and one line of the table for each file of web/; a test compares the folder with the table.
static const uint8_t console_css[] = {
#embed "../../web/console.css"
};
static const uint8_t console_html[] = {
#embed "../../web/console.html"
};
static const uint8_t console_js[] = {
#embed "../../web/console.js"
};
static const uint8_t openapi_json[] = {
#embed "../../web/openapi.json"
};

static const assets_file files[] = {
    {"console.css", console_css, sizeof console_css},
    {"console.html", console_html, sizeof console_html},
    {"console.js", console_js, sizeof console_js},
    {"openapi.json", openapi_json, sizeof openapi_json},
};

int assets_web_count(void) { return (int)(sizeof files / sizeof files[0]); }

assets_file assets_web(int index) { return files[index]; }
