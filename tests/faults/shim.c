/* Stands between a program and the files of one folder. It counts what is done to them, fails an operation or
   ends the program at a chosen one, and keeps a journal of all that was written and when it was made durable.

   Loaded before the C library (LD_PRELOAD). What to do stands in a page of memory shared with the test, so it can be
   changed while the program runs. Linux, 64 bits. tests/faults/shim.py is the other side. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITES = 1, SYNCS = 2, READS = 4, OPENS = 8 };
enum { KILL_BEFORE = -1, KILL_AMID = -2 };

static struct control {
    int64_t kinds;   /* operations that count */
    int64_t at;      /* number of the first one that is met; 0: none */
    int64_t lasting; /* whether those after it are met too, as on a disk that stays full */
    int64_t action;  /* an errno, or one of KILL_* */
    int64_t seen;
    int64_t met;
} *control;

static const char *folder;
static size_t folder_length;
static int journal = -1;

struct __attribute__((packed)) record {
    char kind; /* C create, W write, T truncate, S sync, R rename, U unlink, M make folder */
    uint64_t file;
    int64_t offset;
    uint32_t length;
    uint16_t path_length;
};

__attribute__((constructor)) static void begin(void)
{
    const char *page = getenv("FAULT_CONTROL"), *log = getenv("FAULT_JOURNAL");
    folder = getenv("FAULT_FOLDER");
    if (!folder)
        return;
    folder_length = strlen(folder);
    if (page) {
        int fd = syscall(SYS_openat, AT_FDCWD, page, O_RDWR | O_CLOEXEC, 0);
        void *memory = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (fd < 0 || memory == MAP_FAILED)
            abort();
        control = memory;
        syscall(SYS_close, fd);
    }
    if (log && *log)
        journal = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static int below(const char *path)
{
    return folder && !strncmp(path, folder, folder_length) && (path[folder_length] == '/' || !path[folder_length]);
}

static int watched(int fd, char *path)
{
    char link[40];
    if (!folder || fd == journal)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
    path[length < 0 ? 0 : length] = 0;
    return below(path);
}

/* What the learner was told is journalled among the writes, and is never in the way of one. */
static int told(const char *path)
{
    return !strcmp(path + folder_length, "/told");
}

/* What is to happen to this operation: 0 nothing, an errno, or KILL_AMID: half of a write is done, all of a sync. */
static int met(int kind, const char *path)
{
    if (!control || !(control->kinds & kind) || told(path))
        return 0;
    int64_t number = __atomic_add_fetch(&control->seen, 1, __ATOMIC_SEQ_CST);
    if (!control->at || (control->lasting ? number < control->at : number != control->at))
        return 0;
    control->met++;
    if (control->action == KILL_BEFORE)
        kill(getpid(), SIGKILL);
    return control->action;
}

static void note(char kind, uint64_t file, const char *path, int64_t offset, const void *data, size_t length)
{
    if (journal < 0)
        return;
    struct record head = {kind, file, offset, length, strlen(path)};
    struct iovec parts[] = {{&head, sizeof head}, {(void *)path, head.path_length}, {(void *)data, length}};
    if (syscall(SYS_writev, journal, parts, 3) != (long)(sizeof head + head.path_length + length))
        abort();
}

static uint64_t number_of(int fd)
{
    struct stat found;
    return fstat(fd, &found) ? 0 : found.st_ino;
}

static ssize_t put(int fd, const void *data, size_t length, int64_t offset) /* offset -1: where the file stands */
{
    char path[PATH_MAX];
    int is_watched = watched(fd, path), action = is_watched ? met(WRITES, path) : 0;
    if (action > 0) {
        errno = action;
        return -1;
    }
    if (action == KILL_AMID)
        length /= 2;
    ssize_t written = offset < 0 ? syscall(SYS_write, fd, data, length) : syscall(SYS_pwrite64, fd, data, length, offset);
    if (action < 0)
        kill(getpid(), SIGKILL);
    if (is_watched && written > 0) {
        int64_t begin = offset < 0 ? syscall(SYS_lseek, fd, 0, SEEK_CUR) - written : offset;
        note('W', number_of(fd), path, begin, data, written);
    }
    return written;
}

ssize_t write(int fd, const void *data, size_t length) { return put(fd, data, length, -1); }
ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return put(fd, data, length, offset); }
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) { return put(fd, data, length, offset); }

static int cut(int fd, int64_t size)
{
    char path[PATH_MAX];
    int is_watched = watched(fd, path), action = is_watched ? met(WRITES, path) : 0;
    if (action > 0) {
        errno = action;
        return -1;
    }
    int failed = syscall(SYS_ftruncate, fd, size);
    if (action < 0)
        kill(getpid(), SIGKILL);
    if (is_watched && !failed)
        note('T', number_of(fd), path, size, NULL, 0);
    return failed;
}

int ftruncate(int fd, off_t size) { return cut(fd, size); }
int ftruncate64(int fd, off64_t size) { return cut(fd, size); }

static int sync_file(int fd, long call)
{
    char path[PATH_MAX];
    int is_watched = watched(fd, path), action = is_watched ? met(SYNCS, path) : 0;
    if (action > 0) {
        errno = action;
        return -1;
    }
    int failed = syscall(call, fd);
    if (action < 0)
        kill(getpid(), SIGKILL);
    if (is_watched && !failed)
        note('S', number_of(fd), path, 0, NULL, 0);
    return failed;
}

int fsync(int fd) { return sync_file(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_file(fd, SYS_fdatasync); }

/* Only its errors are of interest; the path is looked up only when reads count. */
static int read_fails(int fd)
{
    char path[PATH_MAX];
    int action = control && (control->kinds & READS) && watched(fd, path) ? met(READS, path) : 0;
    if (action > 0)
        errno = action;
    return action > 0;
}

ssize_t read(int fd, void *data, size_t length) { return read_fails(fd) ? -1 : syscall(SYS_read, fd, data, length); }

ssize_t pread(int fd, void *data, size_t length, off_t offset)
{
    return read_fails(fd) ? -1 : syscall(SYS_pread64, fd, data, length, offset);
}

ssize_t pread64(int fd, void *data, size_t length, off64_t offset) { return pread(fd, data, length, offset); }

static int open_file(int place, const char *path, int flags, mode_t mode)
{
    int is_watched = below(path), is_new = 0;
    if (is_watched && (flags & O_CREAT))
        is_new = syscall(SYS_faccessat, AT_FDCWD, path, F_OK) != 0;
    if (is_watched && ((flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT))) {
        int action = met(OPENS, path);
        if (!action && is_new)
            action = met(WRITES, path);
        if (action > 0) {
            errno = action;
            return -1;
        }
    }
    int fd = syscall(SYS_openat, place, path, flags, mode);
    if (fd >= 0 && is_watched && is_new)
        note('C', number_of(fd), path, 0, NULL, 0);
    else if (fd >= 0 && is_watched && (flags & O_TRUNC))
        note('T', number_of(fd), path, 0, NULL, 0);
    return fd;
}

#define WITH_MODE(flags, mode) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { \
        va_list rest; \
        va_start(rest, flags); \
        mode = va_arg(rest, mode_t); \
        va_end(rest); \
    }

int open(const char *path, int flags, ...) { WITH_MODE(flags, mode) return open_file(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { WITH_MODE(flags, mode) return open_file(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { WITH_MODE(flags, mode) return open_file(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { WITH_MODE(flags, mode) return open_file(at, path, flags, mode); }
int __open_2(const char *path, int flags) { return open_file(AT_FDCWD, path, flags, 0); }
int __open64_2(const char *path, int flags) { return open_file(AT_FDCWD, path, flags, 0); }

static int refused(const char *path)
{
    int action = below(path) ? met(WRITES, path) : 0;
    if (action > 0)
        errno = action;
    return action > 0;
}

int mkdirat(int place, const char *path, mode_t mode)
{
    if (refused(path))
        return -1;
    int failed = syscall(SYS_mkdirat, place, path, mode);
    if (!failed && below(path))
        note('M', 0, path, 0, NULL, 0);
    return failed;
}

int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

int rename(const char *from, const char *to)
{
    if (refused(to))
        return -1;
    int failed = syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (!failed && below(to))
        note('R', 0, from, 0, to, strlen(to));
    return failed;
}

int unlink(const char *path)
{
    int failed = syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (!failed && below(path))
        note('U', 0, path, 0, NULL, 0);
    return failed;
}

/* Copies inside the kernel are not seen; who asks for one is told to read and write. */
ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t length, unsigned flags)
{
    char path[PATH_MAX];
    if (!watched(out, path))
        return syscall(SYS_copy_file_range, in, from, out, to, length, flags);
    errno = EXDEV;
    return -1;
}

ssize_t sendfile64(int out, int in, off64_t *offset, size_t count)
{
    char path[PATH_MAX];
    if (!watched(out, path))
        return syscall(SYS_sendfile, out, in, offset, count);
    errno = EINVAL;
    return -1;
}
