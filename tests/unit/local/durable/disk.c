/* A disk that loses power and that can be full, for one process: preloaded, it keeps beside each file of DISK_FOLDER what a loss of power would
   leave (in DISK_SYNCED: only what was synced), and refuses to write while the file DISK_FULL exists. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REAL(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))
#define PATHS 4096

struct change { struct change *next; off_t at; size_t size; char path[PATHS]; char data[]; };
static struct change *first, **last = &first;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int ours(int fd, char *path) {
    char link[64];
    const char *folder = getenv("DISK_FOLDER");
    if (!folder) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, PATHS - 1);
    if (size <= 0) return 0;
    path[size] = 0;
    return !strncmp(path, folder, strlen(folder)) && strstr(path, "journal.db") && !strstr(path, "-shm");
}

static void copy_name(const char *path, char *copy) {
    snprintf(copy, PATHS, "%s/%s", getenv("DISK_SYNCED"), strrchr(path, '/') + 1);
}

static int full(void) { const char *flag = getenv("DISK_FULL"); return flag && !access(flag, F_OK); }

static ssize_t written(int fd, const void *data, size_t size, off_t at, int seeks) {
    char path[PATHS];
    int mine = ours(fd, path);
    if (mine && full()) { errno = ENOSPC; return -1; }
    if (mine && seeks) at = lseek(fd, 0, SEEK_CUR);
    ssize_t done = seeks ? REAL(write)(fd, data, size) : REAL(pwrite64)(fd, data, size, at);
    if (mine && done > 0 && getenv("DISK_SYNCED")) {
        struct change *change = malloc(sizeof *change + done);
        change->next = 0; change->at = at; change->size = done;
        strcpy(change->path, path);
        memcpy(change->data, data, done);
        pthread_mutex_lock(&lock);
        *last = change; last = &change->next;
        pthread_mutex_unlock(&lock);
    }
    return done;
}

ssize_t write(int fd, const void *data, size_t size) { return written(fd, data, size, 0, 1); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return written(fd, data, size, at, 0); }
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) { return written(fd, data, size, at, 0); }

static void synced(int fd) {
    char path[PATHS], copy[PATHS];
    if (!getenv("DISK_SYNCED") || !ours(fd, path)) return;
    copy_name(path, copy);
    int to = open(copy, O_WRONLY | O_CREAT, 0600);
    pthread_mutex_lock(&lock);
    struct change **place = &first;
    while (*place) {
        struct change *change = *place;
        if (strcmp(change->path, path)) { place = &change->next; continue; }
        REAL(pwrite64)(to, change->data, change->size, change->at);
        *place = change->next;
        free(change);
    }
    last = place;
    pthread_mutex_unlock(&lock);
    close(to);
}

int fsync(int fd) { int done = REAL(fsync)(fd); if (!done) synced(fd); return done; }
int fdatasync(int fd) { int done = REAL(fdatasync)(fd); if (!done) synced(fd); return done; }

static int cut(int fd, off_t size, int done) {
    char path[PATHS], copy[PATHS];
    if (!done && getenv("DISK_SYNCED") && ours(fd, path)) { copy_name(path, copy); if (truncate(copy, size)) {} }
    return done;
}

int ftruncate(int fd, off_t size) { return cut(fd, size, REAL(ftruncate)(fd, size)); }
int ftruncate64(int fd, off64_t size) { return cut(fd, size, REAL(ftruncate64)(fd, size)); }
