// The write-ahead log's file, between SQLite and the system: gathers what a commit writes into one system call, and lets
// someone else wait for the disk.
//
// SQLite writes each page of a commit in two calls and then waits for the disk, holding its connection. Here a "hold"
// may surround a COMMIT: what is written to the log goes out in one piece when SQLite asks for it to be synced, and
// the sync itself is left owed. Whoever held then calls wal_sync, from any thread, while the connection goes on; nothing of
// the transaction may be acknowledged before that call has succeeded. Outside a hold everything is as SQLite's own.
//
// Sources: SQLite "Write-Ahead Logging" and "The OS Interface or VFS"; sqlite3.h, sqlite3_io_methods.
#pragma once

// Makes this file layer the default for connections opened from now on, until wal_layer_uninstall; counts nests.
//
// Returns an SQLite result code.
int wal_layer_install(void);
void wal_layer_uninstall(void);

// The log's file of a connection (sqlite3 *) that was opened while the layer was installed and has read or written in WAL
// mode since; NULL if there is none, or if the disk gives no guarantees that a hold needs. Valid as long as the connection.
void *wal_file(void *connection);

// Leaves the log as it is when the connection (sqlite3 *) is closed; SQLite would copy it into the database and delete it.
void wal_keep(void *connection);

// Begins a hold. By the thread that uses the connection.
void wal_hold(void *file);

// Ends a hold; returns 1 if a sync is owed, 0 if none is, -1 if the file cannot be relied on any more.
int wal_release(void *file);

// Waits until all that was written to the log before this call is on the disk. By any thread, also while the connection is
// used. Returns 0 or an errno.
int wal_sync(const void *file);

// Has SQLite not count the memory it takes, for the whole process: it does so under a lock with each allocation, and a change makes
// some ninety. Has an effect before SQLite's first use only; returns SQLite's result code, SQLITE_MISUSE after it.
//
// Source: sqlite3.h, SQLITE_CONFIG_MEMSTATUS.
int sqlite_without_memory_statistics(void);
