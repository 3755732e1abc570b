// SPDX-License-Identifier: BSD-3-Clause
//! A program in Rust over what bindgen makes of the headers: what docs/bindings.md promises to bindings. Prints TAP.
use airunner_sys as sys;
use std::collections::hash_map::RandomState;
use std::ffi::{c_void, CStr, CString};
use std::hash::{BuildHasher, Hasher};
use std::net::{TcpListener, TcpStream};
use std::os::raw::c_char;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use std::{mem, ptr, slice, thread};

const ALL_SAMPLES: u64 = sys::AIR_ALL_SAMPLES as u64; // bindgen makes an i32 of it, -1
const N_SAMPLES: u64 = 3;

// ---- What a binding has: owners that release, errors that are values

unsafe fn text<'a>(text: *const c_char) -> &'a str {
    CStr::from_ptr(text).to_str().expect("UTF-8")
}

fn ok(status: sys::air_status) -> Result<(), Error> {
    if status == sys::air_status::AIR_OK {
        return Ok(());
    }
    Err(Error(unsafe { sys::air_retain_error(sys::air_last_error()) }))
}

struct Error(*const sys::air_error);
unsafe impl Send for Error {}
unsafe impl Sync for Error {}

impl Error {
    fn status(&self) -> sys::air_status {
        unsafe { (*self.0).status }
    }
    fn message(&self) -> &str {
        unsafe { text((*self.0).message) }
    }
}

impl Drop for Error {
    fn drop(&mut self) {
        unsafe { sys::air_release_error(self.0) }
    }
}

impl std::fmt::Debug for Error {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(out, "{}: {}", unsafe { text(sys::air_status_name(self.status())) }, self.message())
    }
}

struct Token(*mut sys::air_token);
unsafe impl Send for Token {}
unsafe impl Sync for Token {}

impl Token {
    fn new() -> Token {
        Token(unsafe { sys::air_make_token() })
    }
    fn cancel(&self) {
        unsafe { sys::air_cancel(self.0) }
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        unsafe { sys::air_release_token(self.0) }
    }
}

struct Runner {
    runner: *mut sys::air_runner,
    session: *mut sys::air_session,
}
unsafe impl Send for Runner {}
unsafe impl Sync for Runner {}

impl Drop for Runner {
    fn drop(&mut self) {
        ok(unsafe { sys::air_disconnect(self.runner) }).expect("disconnect");
    }
}

struct Outcome(*const sys::air_result);
unsafe impl Send for Outcome {}
unsafe impl Sync for Outcome {}

impl Clone for Outcome {
    fn clone(&self) -> Outcome {
        Outcome(unsafe { sys::air_retain_result(self.0) })
    }
}

impl Drop for Outcome {
    fn drop(&mut self) {
        unsafe { sys::air_release_result(self.0) }
    }
}

impl Outcome {
    /// All samples of an output: it lives as long as the result.
    fn output(&self, index: u32) -> &[u8] {
        let mut view: sys::air_view = unsafe { mem::zeroed() };
        let place = sys::air_place::AIR_PLACE_OUTPUT;
        ok(unsafe { sys::air_get_tensor(self.0, place, 0, index, ALL_SAMPLES, &mut view) }).expect("a tensor");
        assert!(!view.data.is_null());
        unsafe { slice::from_raw_parts(view.data.cast(), view.size_bytes as usize) }
    }
    /// What each run took on the device, in ms.
    fn times(&self) -> &[f64] {
        unsafe {
            let values = sys::air_get_values(self.0, 0, sys::AIR_WHOLE_RUN);
            slice::from_raw_parts(values, (*sys::air_get_profile(self.0)).n_runs as usize)
        }
    }
}

fn connect(descriptor: &str, token: Option<&Token>) -> Result<Runner, Error> {
    let descriptor = CString::new(descriptor).unwrap();
    let mut options: sys::air_connect_options = unsafe { mem::zeroed() };
    options.struct_size = mem::size_of_val(&options) as u32;
    options.token = token.map_or(ptr::null_mut(), |token| token.0);
    let mut made = Runner { runner: ptr::null_mut(), session: ptr::null_mut() };
    ok(unsafe { sys::air_connect(descriptor.as_ptr(), &options, &mut made.runner) })?;
    ok(unsafe { sys::air_get_session(made.runner, ptr::null(), &mut made.session) })?;
    Ok(made)
}

type NodeEnd<'a> = dyn FnMut(&str) -> sys::air_action + 'a;

/// No panic may cross the library: it becomes the error of the call.
unsafe extern "C" fn node_end(user: *mut c_void, event: *const sys::air_node_event) -> sys::air_action {
    let body = &mut *user.cast::<&mut NodeEnd>();
    match catch_unwind(AssertUnwindSafe(|| body(text((*(*event).description).name)))) {
        Ok(action) => action,
        Err(payload) => {
            let said = payload.downcast_ref::<String>().map_or("panic", String::as_str);
            let said = CString::new(said).unwrap();
            sys::air_set_error(sys::air_status::AIR_ERROR_CALLBACK, 0, said.as_ptr());
            sys::air_action::AIR_FAIL
        }
    }
}

impl Runner {
    fn invoke(&self, seed: u32, mode: u32, mut body: Option<&mut NodeEnd>) -> Result<Outcome, Error> {
        let mut random: sys::air_random = unsafe { mem::zeroed() };
        random.seed = seed;
        let mut options: sys::air_invoke_options = unsafe { mem::zeroed() };
        options.struct_size = mem::size_of_val(&options) as u32;
        options.mode = mode;
        let mut callbacks: sys::air_callbacks = unsafe { mem::zeroed() };
        callbacks.struct_size = mem::size_of_val(&callbacks) as u32;
        if let Some(body) = body.as_mut() {
            callbacks.user = (body as *mut &mut NodeEnd).cast();
            callbacks.on_node_end = Some(node_end);
        }
        let mut set = ptr::null_mut();
        ok(unsafe { sys::air_make_random_inputs(self.session, N_SAMPLES, &random, &mut set) })?;
        let mut result = ptr::null();
        let status = unsafe {
            sys::air_invoke(self.session, N_SAMPLES, (*set).inputs, (*set).n, ptr::null(), 0, &options, &callbacks, &mut result)
        };
        let outcome = ok(status).map(|()| Outcome(result));
        unsafe { sys::air_free_inputs(set) };
        outcome
    }
}

fn compare(reference: &Outcome, other: &Outcome) -> Result<bool, Error> {
    let mut comparison = ptr::null();
    ok(unsafe { sys::air_compare(reference.0, other.0, ptr::null(), &mut comparison) })?;
    let passed = unsafe { (*comparison).passed } == 1;
    unsafe { sys::air_release_comparison(comparison) };
    Ok(passed)
}

// ---- The tests

fn supports_its_header() {
    assert_eq!(unsafe { sys::air_supports(sys::AIR_ABI_VERSION, sys::AIR_ABI_MINOR) }, 1);
}

fn a_panic_in_a_callback_is_the_error_of_the_call() {
    let runner = connect("null:", None).unwrap();
    let mut nodes = Vec::new();
    let mut body = |name: &str| {
        nodes.push(name.to_string());
        if nodes.len() == 2 {
            panic!("{name} is not to my liking");
        }
        sys::air_action::AIR_CONTINUE
    };
    let error = runner.invoke(1, sys::AIR_MODE_PER_LAYER, Some(&mut body)).err().expect("an error");
    assert_eq!(error.status(), sys::air_status::AIR_ERROR_CALLBACK);
    assert!(error.message().contains("quantize is not to my liking"), "{error:?}");
    assert_eq!(nodes, ["scale", "quantize"]);
    runner.invoke(1, sys::AIR_MODE_IO_ONLY, None).expect("usable afterwards");
}

fn results_stay_beyond_their_runner() {
    let mode = sys::AIR_MODE_KEEP_INPUTS | sys::AIR_MODE_PER_LAYER_WITH_DATA;
    let runner = connect("null:", Some(&Token::new())).unwrap();
    let first = runner.invoke(1, mode, None).unwrap();
    let second = runner.invoke(1, mode, None).unwrap();
    let another = runner.invoke(2, mode, None).unwrap();
    let before = first.output(0).to_vec();
    drop(runner);
    assert_eq!(first.output(0), before);
    assert_eq!(first.output(1), second.output(1));
    assert!(first.times().len() == N_SAMPLES as usize && first.times().iter().all(|ms| *ms > 0.0));
    assert_ne!(first.output(0), another.output(0));
    assert!(compare(&first, &second).unwrap());
    let error = compare(&first, &another).expect_err("other inputs");
    assert_eq!(error.status(), sys::air_status::AIR_ERROR_INVALID_INPUT);
}

fn errors_are_read_on_other_threads() {
    let threads: Vec<_> = (0..4)
        .map(|i| thread::spawn(move || connect(&format!("nobody{i}x:"), None).err().expect("an error")))
        .collect();
    for (i, thread) in threads.into_iter().enumerate() {
        let error = thread.join().unwrap();
        assert_eq!(error.status(), sys::air_status::AIR_ERROR_INVALID_DESCRIPTOR);
        assert!(error.message().contains(&format!("nobody{i}x")), "{error:?}");
    }
}

fn accept_soon(listener: &TcpListener) -> Option<TcpStream> {
    listener.set_nonblocking(true).unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    while Instant::now() < until {
        if let Ok((stream, _)) = listener.accept() {
            return Some(stream);
        }
        thread::sleep(Duration::from_millis(1));
    }
    None
}

fn a_silent_device_is_left_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let descriptor = format!("socket:{}?timeout=60", listener.local_addr().unwrap());
    let token = Token::new();
    thread::scope(|scope| {
        let connecting = scope.spawn(|| connect(&descriptor, Some(&token)).err().expect("an error"));
        let _silent = accept_soon(&listener);
        token.cancel();
        assert_eq!(connecting.join().unwrap().status(), sys::air_status::AIR_ERROR_CANCELLED);
    });
}

/// Runners and results are dropped in any order, on any thread.
fn drops_come_in_any_order() {
    struct Kept {
        runners: Vec<Runner>,
        outcomes: Vec<Outcome>,
    }
    fn any(n: usize) -> usize {
        RandomState::new().build_hasher().finish() as usize % n
    }
    let kept = Mutex::new(Kept { runners: Vec::new(), outcomes: Vec::new() });
    thread::scope(|scope| {
        for seed in 0..4 {
            let kept = &kept;
            scope.spawn(move || {
                for _ in 0..100 {
                    let runner = connect("null:", None).unwrap();
                    let outcome = runner.invoke(seed, sys::AIR_MODE_PER_LAYER_WITH_DATA, None).unwrap();
                    let mut all = kept.lock().unwrap();
                    all.outcomes.push(outcome.clone());
                    all.runners.push(runner);
                    let (n_outcomes, n_runners) = (all.outcomes.len(), all.runners.len());
                    let old = (n_outcomes > 5).then(|| all.outcomes.swap_remove(any(n_outcomes)));
                    let gone = (n_runners > 5).then(|| all.runners.swap_remove(any(n_runners)));
                    drop(all);
                    if any(2) == 0 {
                        drop(outcome);
                    }
                    drop(gone);
                    assert!(old.map_or(true, |old| !old.output(0).is_empty()));
                }
            });
        }
    });
}

fn main() {
    let tests: [(&str, fn()); 6] = [
        ("supports its header", supports_its_header),
        ("a panic in a callback is the error of the call", a_panic_in_a_callback_is_the_error_of_the_call),
        ("results stay beyond their runner", results_stay_beyond_their_runner),
        ("errors are read on other threads", errors_are_read_on_other_threads),
        ("a silent device is left at once", a_silent_device_is_left_at_once),
        ("drops come in any order", drops_come_in_any_order),
    ];
    println!("1..{}", tests.len());
    let mut failed = false;
    for (i, (name, test)) in tests.iter().enumerate() {
        let passed = catch_unwind(test).is_ok();
        println!("{} {} - {name}", if passed { "ok" } else { "not ok" }, i + 1);
        failed |= !passed;
    }
    std::process::exit(failed as i32);
}
