;; A WASI module that edits a project: it appends a line to every Markdown file below the preopened
;; directory, and says how many it signed. Names that begin with a dot are left alone.
;;
;; Memory: 0-31 scratch, 64- strings, and from 65536 one page of directory entries a level of depth.
(module
  (import "wasi_snapshot_preview1" "fd_readdir" (func $fd_readdir (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))

  (memory (export "memory") 2)
  (data (i32.const 64) "\n<!-- signed in a session -->\n")
  (data (i32.const 128) "signed           Markdown files\n")

  (global $signed (mut i32) (i32.const 0))

  ;; A failed call ends the module with its errno.
  (func $check (param $errno i32)
    (if (local.get $errno) (then (call $proc_exit (local.get $errno)))))

  (func $write (param $fd i32) (param $text i32) (param $length i32)
    (i32.store (i32.const 0) (local.get $text))
    (i32.store (i32.const 4) (local.get $length))
    (call $check (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))

  ;; Opens $name below $dir without following links. $rights tell reading from writing.
  (func $open (param $dir i32) (param $name i32) (param $length i32)
      (param $oflags i32) (param $rights i64) (param $fdflags i32) (result i32)
    (call $check (call $path_open (local.get $dir) (i32.const 0) (local.get $name) (local.get $length)
      (local.get $oflags) (local.get $rights) (i64.const 0x1fffffff) (local.get $fdflags) (i32.const 16)))
    (i32.load (i32.const 16)))

  (func $sign (param $dir i32) (param $name i32) (param $length i32)
    (local $file i32)
    ;; 0x40 is the right to write, fdflags 1 is "append"
    (local.set $file (call $open (local.get $dir) (local.get $name) (local.get $length)
      (i32.const 0) (i64.const 0x40) (i32.const 1)))
    (call $write (local.get $file) (i32.const 64) (i32.const 30))
    (call $check (call $fd_close (local.get $file)))
    (global.set $signed (i32.add (global.get $signed) (i32.const 1))))

  (func $is-markdown (param $name i32) (param $length i32) (result i32)
    (if (i32.lt_u (local.get $length) (i32.const 4)) (then (return (i32.const 0))))
    ;; the last three bytes are ".md"
    (i32.eq
      (i32.shr_u
        (i32.load align=1 (i32.sub (i32.add (local.get $name) (local.get $length)) (i32.const 4)))
        (i32.const 8))
      (i32.const 0x646d2e)))

  (func $walk (param $dir i32) (param $page i32)
    (local $cookie i64) (local $used i32) (local $at i32) (local $name i32) (local $length i32)
    (local $type i32) (local $child i32)
    (if (i32.ge_u (i32.shr_u (local.get $page) (i32.const 16)) (memory.size))
      (then (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then (unreachable)))))
    (loop $pages
      (call $check (call $fd_readdir (local.get $dir) (local.get $page) (i32.const 65536)
        (local.get $cookie) (i32.const 12)))
      (local.set $used (i32.load (i32.const 12)))
      (local.set $at (local.get $page))
      (block $last
        (loop $entries
          ;; a directory entry is 24 bytes and the name; the last of a full page may be cut
          (br_if $last (i32.gt_u (i32.add (local.get $at) (i32.const 24))
            (i32.add (local.get $page) (local.get $used))))
          (local.set $length (i32.load offset=16 align=1 (local.get $at)))
          (local.set $name (i32.add (local.get $at) (i32.const 24)))
          (br_if $last (i32.gt_u (i32.add (local.get $name) (local.get $length))
            (i32.add (local.get $page) (local.get $used))))
          (local.set $cookie (i64.load align=1 (local.get $at)))
          (local.set $type (i32.load8_u offset=20 (local.get $at)))
          (local.set $at (i32.add (local.get $name) (local.get $length)))
          (br_if $entries (i32.eq (i32.load8_u (local.get $name)) (i32.const 0x2e)))
          (if (i32.eq (local.get $type) (i32.const 3)) ;; a directory
            (then
              ;; 0x4002 is the right to read and to list, oflags 2 is "directory"
              (local.set $child (call $open (local.get $dir) (local.get $name) (local.get $length)
                (i32.const 2) (i64.const 0x4002) (i32.const 0)))
              (call $walk (local.get $child) (i32.add (local.get $page) (i32.const 65536)))
              (call $check (call $fd_close (local.get $child)))))
          (if (i32.eq (local.get $type) (i32.const 4)) ;; a regular file
            (then (if (call $is-markdown (local.get $name) (local.get $length))
              (then (call $sign (local.get $dir) (local.get $name) (local.get $length))))))
          (br $entries)))
      (br_if $pages (i32.eq (local.get $used) (i32.const 65536)))))

  (func $print-count
    (local $digit i32) (local $rest i32)
    (local.set $digit (i32.const 143)) ;; the last column of the number
    (local.set $rest (global.get $signed))
    (loop $digits
      (i32.store8 (local.get $digit) (i32.add (i32.const 0x30) (i32.rem_u (local.get $rest) (i32.const 10))))
      (local.set $rest (i32.div_u (local.get $rest) (i32.const 10)))
      (local.set $digit (i32.sub (local.get $digit) (i32.const 1)))
      (br_if $digits (local.get $rest)))
    (call $write (i32.const 1) (i32.const 128) (i32.const 32)))

  (func (export "_start")
    (call $walk (i32.const 3) (i32.const 65536)) ;; 3 is the preopened directory
    (call $print-count))
)
