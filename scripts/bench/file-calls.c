// Times one kind of call on many files, and prints how many microseconds each took.
//
//   file-calls make DIR      100 directories of 200 small files each, for the next two
//   file-calls stat DIR      a stat of each
//   file-calls open DIR      open, read of 4 KB and close of each
//   file-calls create DIR    5,000 new files with a line each, in one directory
//   file-calls unlink DIR    the same files are removed
//   file-calls write DIR     20,000 writes of 4 KB to one file, one after the other

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { DIRS = 100, FILES = 200, NEW = 5000, WRITES = 20000, BLOCK = 4096 };

static char buffer[BLOCK];

static void must(int ok, const char *what) {
  if (ok) return;
  fprintf(stderr, "file-calls: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int opened(const char *name, int flags) {
  int fd = open(name, flags | O_CLOEXEC, 0644);
  must(fd >= 0, name);
  return fd;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static void put(const char *name) {
  int fd = opened(name, O_WRONLY | O_CREAT | O_EXCL);
  must(write(fd, "a line of text\n", 15) == 15, name);
  must(close(fd) == 0, name);
}

static void each_file(void (*act)(const char *name)) {
  char name[64];
  for (int dir = 0; dir < DIRS; dir++) {
    for (int file = 0; file < FILES; file++) {
      snprintf(name, sizeof name, "dir-%d/file-%d", dir, file);
      act(name);
    }
  }
}

static void each_new(void (*act)(const char *name)) {
  char name[64];
  for (int file = 0; file < NEW; file++) {
    snprintf(name, sizeof name, "new-%d", file);
    act(name);
  }
}

static void look(const char *name) {
  struct stat seen;
  must(stat(name, &seen) == 0, name);
}

static void read_one(const char *name) {
  int fd = opened(name, O_RDONLY);
  must(read(fd, buffer, sizeof buffer) >= 0, name);
  must(close(fd) == 0, name);
}

static void drop(const char *name) { must(unlink(name) == 0, name); }

static void write_blocks(void) {
  int fd = opened("written", O_WRONLY | O_CREAT | O_TRUNC);
  for (int count = 0; count < WRITES; count++) must(write(fd, buffer, BLOCK) == BLOCK, "written");
  must(close(fd) == 0, "written");
}

static void make(void) {
  char name[32];
  for (int dir = 0; dir < DIRS; dir++) {
    snprintf(name, sizeof name, "dir-%d", dir);
    must(mkdir(name, 0755) == 0, name);
  }
  each_file(put);
}

int main(int count, char **arguments) {
  if (count != 3) return 2;
  const char *what = arguments[1];
  must(chdir(arguments[2]) == 0, arguments[2]);
  double start = now();
  int calls = DIRS * FILES;
  if (strcmp(what, "make") == 0) make();
  else if (strcmp(what, "stat") == 0) each_file(look);
  else if (strcmp(what, "open") == 0) each_file(read_one);
  else if (strcmp(what, "create") == 0) each_new(put), calls = NEW;
  else if (strcmp(what, "unlink") == 0) each_new(drop), calls = NEW;
  else if (strcmp(what, "write") == 0) write_blocks(), calls = WRITES;
  else return 2;
  printf("%.3f\n", (now() - start) / calls);
  return 0;
}
