// SPDX-License-Identifier: BSD-3-Clause

// A program in Go over the C headers: what docs/bindings.md promises to bindings. Prints TAP.
package main

/*
#include <stdlib.h>

#include "airunner_report.h"

extern air_action goNodeEnd(uintptr_t user, air_node_event *event);

// An exported Go function has no const in its type.
static air_action node_end(void *user, const air_node_event *event) {
  return goNodeEnd((uintptr_t)user, (air_node_event *)event);
}

static void call_back(air_callbacks *callbacks, uintptr_t user) {
  callbacks->user = (void *)user;
  callbacks->on_node_end = node_end;
}
*/
import "C"

import (
	"bytes"
	"fmt"
	"math/rand"
	"net"
	"os"
	"os/signal"
	"runtime"
	"runtime/cgo"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

const nSamples = 3

// ---- What a binding has: owners that release, errors that are values

// Error holds what the library said: any goroutine may read it.
type Error struct{ c *C.air_error }

func (e *Error) status() C.air_status { return e.c.status }
func (e *Error) Error() string        { return C.GoString(e.c.message) }

// call keeps the goroutine on its thread until the error of the call has been read.
func call(body func() C.air_status) *Error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if body() == C.AIR_OK {
		return nil
	}
	e := &Error{C.air_retain_error(C.air_last_error())}
	runtime.SetFinalizer(e, func(e *Error) { C.air_release_error(e.c) })
	return e
}

// Token cancels calls.
type Token struct{ c *C.air_token }

func makeToken() *Token {
	t := &Token{C.air_make_token()}
	runtime.SetFinalizer(t, func(t *Token) { C.air_release_token(t.c) })
	return t
}

// Runner is one connection.
type Runner struct {
	c       *C.air_runner
	session *C.air_session
}

var nDisconnected, nReleased int64

func connect(descriptor string, token *Token) (*Runner, *Error) {
	text := C.CString(descriptor)
	defer C.free(unsafe.Pointer(text))
	var options C.air_connect_options
	options.struct_size = C.uint32_t(unsafe.Sizeof(options))
	if token != nil {
		options.token = token.c
		defer runtime.KeepAlive(token)
	}
	r := &Runner{}
	if err := call(func() C.air_status { return C.air_connect(text, &options, &r.c) }); err != nil {
		return nil, err
	}
	runtime.SetFinalizer(r, (*Runner).close)
	err := call(func() C.air_status { return C.air_get_session(r.c, nil, &r.session) })
	return r, err
}

// close ends the connection, and a call in progress.
func (r *Runner) close() {
	runtime.SetFinalizer(r, nil)
	check(call(func() C.air_status { return C.air_disconnect(r.c) }))
	atomic.AddInt64(&nDisconnected, 1)
}

// Result is what an invoke gave.
type Result struct{ c *C.air_result }

// output gives all samples of an output; they live as long as the result.
func (r *Result) output(index uint32) []byte {
	var view C.air_view
	check(call(func() C.air_status {
		return C.air_get_tensor(r.c, C.AIR_PLACE_OUTPUT, 0, C.uint32_t(index), C.AIR_ALL_SAMPLES, &view)
	}))
	return append([]byte(nil), unsafe.Slice((*byte)(view.data), view.size_bytes)...)
}

type nodeEnd func(node string) C.air_action

//export goNodeEnd
func goNodeEnd(user C.uintptr_t, event *C.air_node_event) (action C.air_action) {
	// No panic may cross the library: it becomes the error of the call.
	defer func() {
		if said := recover(); said != nil {
			text := C.CString(fmt.Sprint(said))
			defer C.free(unsafe.Pointer(text))
			C.air_set_error(C.AIR_ERROR_CALLBACK, 0, text)
			action = C.AIR_FAIL
		}
	}()
	return cgo.Handle(user).Value().(nodeEnd)(C.GoString(event.description.name))
}

func (r *Runner) invoke(seed uint32, mode uint32, body nodeEnd) (*Result, *Error) {
	defer runtime.KeepAlive(r)
	random := C.air_random{seed: C.uint32_t(seed)}
	var set *C.air_input_set
	if err := call(func() C.air_status { return C.air_make_random_inputs(r.session, nSamples, &random, &set) }); err != nil {
		return nil, err
	}
	defer C.air_free_inputs(set)
	var options C.air_invoke_options
	options.struct_size = C.uint32_t(unsafe.Sizeof(options))
	options.mode = C.uint32_t(mode)
	var callbacks C.air_callbacks
	callbacks.struct_size = C.uint32_t(unsafe.Sizeof(callbacks))
	if body != nil {
		handle := cgo.NewHandle(body)
		defer handle.Delete()
		C.call_back(&callbacks, C.uintptr_t(handle))
	}
	result := &Result{}
	if err := call(func() C.air_status {
		return C.air_invoke(r.session, nSamples, set.inputs, set.n, nil, 0, &options, &callbacks, &result.c)
	}); err != nil {
		return nil, err
	}
	runtime.SetFinalizer(result, func(r *Result) {
		C.air_release_result(r.c)
		atomic.AddInt64(&nReleased, 1)
	})
	return result, nil
}

func compare(reference, other *Result) (bool, *Error) {
	var comparison *C.air_comparison
	err := call(func() C.air_status { return C.air_compare(reference.c, other.c, nil, &comparison) })
	runtime.KeepAlive(reference)
	runtime.KeepAlive(other)
	if err != nil {
		return false, err
	}
	defer C.air_release_comparison(comparison)
	return comparison.passed == 1, nil
}

func check(err *Error) {
	if err != nil {
		panic(err.Error())
	}
}

func expect(is bool, what ...interface{}) {
	if !is {
		panic(fmt.Sprint(what...))
	}
}

// ---- The tests

func supportsItsHeader() {
	expect(C.air_supports(C.AIR_ABI_VERSION, C.AIR_ABI_MINOR) == 1, C.GoString(C.air_version()))
}

func panicInACallback() {
	runner, err := connect("null:", nil)
	check(err)
	var nodes []string
	_, err = runner.invoke(1, C.AIR_MODE_PER_LAYER, func(node string) C.air_action {
		nodes = append(nodes, node)
		if len(nodes) == 2 {
			panic(node + " is not to my liking")
		}
		return C.AIR_CONTINUE
	})
	expect(err != nil && err.status() == C.AIR_ERROR_CALLBACK, "expected the error of the callback, got ", err)
	expect(strings.Contains(err.Error(), "quantize is not to my liking"), err)
	expect(len(nodes) == 2, nodes)
	_, err = runner.invoke(1, C.AIR_MODE_IO_ONLY, nil)
	check(err)
}

func resultsStay() {
	const mode = C.AIR_MODE_KEEP_INPUTS | C.AIR_MODE_PER_LAYER_WITH_DATA
	var results [3]*Result
	disconnected := atomic.LoadInt64(&nDisconnected)
	func() {
		runner, err := connect("null:", makeToken())
		check(err)
		for i, seed := range []uint32{1, 1, 2} {
			results[i], err = runner.invoke(seed, mode, nil)
			check(err)
		}
	}()
	collect(func() bool { return atomic.LoadInt64(&nDisconnected) > disconnected })
	expect(bytes.Equal(results[0].output(0), results[1].output(0)), "equal inputs, other outputs")
	expect(!bytes.Equal(results[0].output(0), results[2].output(0)), "other inputs, equal outputs")
	passed, err := compare(results[0], results[1])
	check(err)
	expect(passed, "comparing equal results fails")
	_, err = compare(results[0], results[2])
	expect(err != nil && err.status() == C.AIR_ERROR_INVALID_INPUT, "expected the error of the inputs, got ", err)
}

// Goroutines move between threads: each must find its own error.
func errorsOfManyGoroutines() {
	var all sync.WaitGroup
	errors := make([]*Error, 64)
	for i := range errors {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			for k := 0; k < 20; k++ {
				_, errors[i] = connect(fmt.Sprintf("nobody%dx:", i), nil)
			}
		}(i)
	}
	all.Wait()
	for i, err := range errors {
		expect(err != nil && err.status() == C.AIR_ERROR_INVALID_DESCRIPTOR, i, err)
		expect(strings.Contains(err.Error(), fmt.Sprintf("nobody%dx", i)), i, err)
	}
}

func interrupt() {
	listener, e := net.Listen("tcp", "127.0.0.1:0")
	expect(e == nil, e)
	defer listener.Close()
	token := makeToken()
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	done := make(chan *Error)
	go func() {
		_, err := connect("socket:"+listener.Addr().String()+"?timeout=60", token)
		done <- err
	}()
	listener.(*net.TCPListener).SetDeadline(time.Now().Add(20 * time.Second))
	if silent, e := listener.Accept(); e == nil {
		defer silent.Close()
	}
	syscall.Kill(os.Getpid(), syscall.SIGINT)
	<-interrupts
	C.air_cancel(token.c)
	err := <-done
	expect(err != nil && err.status() == C.AIR_ERROR_CANCELLED, "expected that it was cancelled, got ", err)
}

func closing() {
	runner, err := connect("null:?delay_ms=400", nil)
	check(err)
	var once sync.Once
	begun, done := make(chan struct{}), make(chan *Error)
	go func() {
		_, err := runner.invoke(1, C.AIR_MODE_PER_LAYER, func(string) C.air_action {
			once.Do(func() { close(begun) })
			return C.AIR_CONTINUE
		})
		done <- err
	}()
	<-begun
	runner.close()
	err = <-done
	expect(err != nil && err.status() == C.AIR_ERROR_CANCELLED, "expected that it was cancelled, got ", err)
}

// collect collects garbage until finalizers have done what is waited for.
func collect(done func() bool) {
	for i := 0; !done(); i++ {
		expect(i < 10000, "finalizers do not run")
		runtime.GC()
		runtime.Gosched()
	}
}

// Runners and results are left to the collector, whose finalizers run on a thread of their own at any time.
func finalizers() {
	const nGoroutines, nRounds = 8, 40
	disconnected, released := atomic.LoadInt64(&nDisconnected), atomic.LoadInt64(&nReleased)
	var all sync.WaitGroup
	for g := uint32(0); g < nGoroutines; g++ {
		all.Add(1)
		go func(seed uint32) {
			defer all.Done()
			var kept [4]*Result
			for i := 0; i < nRounds; i++ {
				runner, err := connect("null:", nil)
				check(err)
				result, err := runner.invoke(seed, C.AIR_MODE_PER_LAYER_WITH_DATA, nil)
				check(err)
				old := kept[rand.Intn(len(kept))]
				kept[rand.Intn(len(kept))] = result
				if old != nil {
					expect(bytes.Equal(old.output(0), result.output(0)), "a kept result has changed")
				}
				if rand.Intn(8) == 0 {
					runtime.GC()
				}
				runtime.KeepAlive(old)
			}
		}(g)
	}
	all.Wait()
	collect(func() bool {
		return atomic.LoadInt64(&nDisconnected)-disconnected >= nGoroutines*nRounds &&
			atomic.LoadInt64(&nReleased)-released >= nGoroutines*nRounds
	})
}

func passes(test func()) (passed bool) {
	defer func() {
		if said := recover(); said != nil {
			fmt.Println("#", said)
		}
	}()
	test()
	return true
}

func main() {
	tests := []struct {
		name string
		test func()
	}{
		{"supports its header", supportsItsHeader},
		{"a panic in a callback is the error of the call", panicInACallback},
		{"results stay beyond their runner", resultsStay},
		{"errors of many goroutines", errorsOfManyGoroutines},
		{"Ctrl-C leaves a silent device at once", interrupt},
		{"closing ends the call in progress", closing},
		{"finalizers run at any time", finalizers},
	}
	fmt.Printf("1..%d\n", len(tests))
	failed := 0
	for i, t := range tests {
		word := "ok"
		if !passes(t.test) {
			word, failed = "not ok", 1
		}
		fmt.Printf("%s %d - %s\n", word, i+1, t.name)
	}
	os.Exit(failed)
}
