;; count-lines FILE: prints how many lines the file has. Ends with the errno of a call that fails.
(module
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 3)
  (global $vector i32 (i32.const 16))
  (global $count i32 (i32.const 24))
  (global $opened i32 (i32.const 28))
  (global $buffer i32 (i32.const 131072))

  (func $check (param $errno i32)
    (if (local.get $errno) (then (call $exit (local.get $errno)))))

  (func $length (param $text i32) (result i32)
    (local $at i32)
    (local.set $at (local.get $text))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (i32.load8_u (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (i32.sub (local.get $at) (local.get $text)))

  (func $newlines (param $at i32) (param $size i32) (result i32)
    (local $end i32) (local $found i32)
    (local.set $end (i32.add (local.get $at) (local.get $size)))
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $at) (local.get $end)))
        (local.set $found
          (i32.add (local.get $found) (i32.eq (i32.load8_u (local.get $at)) (i32.const 10))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (local.get $found))

  ;; Digits from the last one on, ending before 64.
  (func $print (param $number i32)
    (local $at i32)
    (local.set $at (i32.const 64))
    (i32.store8 (local.get $at) (i32.const 10))
    (loop $next
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $number) (i32.const 10))))
      (local.set $number (i32.div_u (local.get $number) (i32.const 10)))
      (br_if $next (local.get $number)))
    (i32.store (global.get $vector) (local.get $at))
    (i32.store offset=4 (global.get $vector) (i32.sub (i32.const 65) (local.get $at)))
    (call $check (call $write (i32.const 1) (global.get $vector) (i32.const 1) (global.get $count))))

  (func (export "_start")
    (local $path i32) (local $lines i32)
    (call $check (call $args (i32.const 1024) (i32.const 4096)))
    (local.set $path (i32.load (i32.const 1028)))
    ;; 3 is the workspace.
    (call $check
      (call $open
        (i32.const 3) (i32.const 1) (local.get $path) (call $length (local.get $path))
        (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (global.get $opened)))
    (loop $next
      (i32.store (global.get $vector) (global.get $buffer))
      (i32.store offset=4 (global.get $vector) (i32.const 65536))
      (call $check
        (call $read (i32.load (global.get $opened)) (global.get $vector) (i32.const 1) (global.get $count)))
      (local.set $lines
        (i32.add (local.get $lines) (call $newlines (global.get $buffer) (i32.load (global.get $count)))))
      (br_if $next (i32.load (global.get $count))))
    (call $print (local.get $lines))))
