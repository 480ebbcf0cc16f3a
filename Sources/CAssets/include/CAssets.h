#pragma once

#include <stddef.h>
#include <stdint.h>

// A file that was compiled into the program.
typedef struct {
    // File name without its extension, for example "command"; never NULL for an index in range.
    const char *_Nonnull name;
    // The file's bytes; they live as long as the program and are not terminated.
    const uint8_t *_Nonnull bytes;
    size_t length;
} assets_file;

// How many files of protocol/schemas are embedded.
int assets_schema_count(void);

// The file at an index from 0; the caller keeps it below the count.
assets_file assets_schema(int index);

// How many files of web/ are embedded; their names have extensions, for example "console.html".
int assets_web_count(void);

// The file at an index from 0; the caller keeps it below the count.
assets_file assets_web(int index);
