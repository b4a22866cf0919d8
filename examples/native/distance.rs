//! A function in Rust for Weir's SQL, without any crate:
//!
//!   rustc -O --edition 2021 --crate-type cdylib -o libdistance.so distance.rs
//!
//!   CREATE FUNCTION distance_km(lat1 DOUBLE, lon1 DOUBLE, lat2 DOUBLE, lon2 DOUBLE) RETURNS DOUBLE
//!   LANGUAGE NATIVE USING 'libdistance.so';
//!
//! The structures are those of weir/function.h. The crate arrow has those of Arrow (FFI_ArrowArray)
//! with safe arrays over them.
use std::ffi::{c_char, c_int, c_void};
use std::ptr;

#[repr(C)]
pub struct ArrowSchema {
    format: *const c_char,
    name: *const c_char,
    metadata: *const c_char,
    flags: i64,
    n_children: i64,
    children: *mut *mut ArrowSchema,
    dictionary: *mut ArrowSchema,
    release: Option<unsafe extern "C" fn(*mut ArrowSchema)>,
    private_data: *mut c_void,
}

#[repr(C)]
pub struct ArrowArray {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *mut *const c_void,
    children: *mut *mut ArrowArray,
    dictionary: *mut ArrowArray,
    release: Option<unsafe extern "C" fn(*mut ArrowArray)>,
    private_data: *mut c_void,
}

#[repr(C)]
pub struct WeirError {
    row: i64,
    text_bytes: usize,
    text: *mut c_char,
}

type Bind = unsafe extern "C" fn(*const ArrowSchema, *mut ArrowSchema, *mut *mut c_void, *mut WeirError) -> c_int;
type Eval = unsafe extern "C" fn(*mut c_void, *mut ArrowArray, *mut ArrowArray, *mut WeirError) -> c_int;

#[repr(C)]
pub struct WeirFunction {
    name: *const c_char,
    kind: u32,
    flags: u32,
    bind: Bind,
    eval: Eval,
    close: Option<unsafe extern "C" fn(*mut c_void)>,
}

#[repr(C)]
pub struct WeirLibrary {
    abi_version: u32,
    function_bytes: u32,
    function_count: u32,
    functions: *const WeirFunction,
}

// What is in them is constant.
unsafe impl Sync for WeirFunction {}
unsafe impl Sync for WeirLibrary {}

const SCALAR: u32 = 1;
const NULLABLE: i64 = 2;

impl WeirError {
    /// Says what is wrong; the last byte stays the 0 that ends the text.
    unsafe fn say(&mut self, row: i64, text: &str) -> c_int {
        let count = text.len().min(self.text_bytes.saturating_sub(1));
        ptr::copy_nonoverlapping(text.as_ptr(), self.text.cast(), count);
        *self.text.add(count) = 0;
        self.row = row;
        1
    }
}

/// What an array owns that was made here.
struct Owned {
    _values: Vec<f64>,
    buffers: [*const c_void; 2],
}

unsafe extern "C" fn release_array(array: *mut ArrowArray) {
    drop(Box::from_raw((*array).private_data.cast::<Owned>()));
    (*array).release = None;
}

unsafe extern "C" fn release_schema(schema: *mut ArrowSchema) {
    (*schema).release = None;
}

/// Hands values over, none of which is NULL.
unsafe fn give(values: Vec<f64>, result: *mut ArrowArray) {
    let length = values.len() as i64;
    let buffers = [ptr::null(), values.as_ptr().cast()];
    let owned = Box::into_raw(Box::new(Owned { _values: values, buffers }));
    *result = ArrowArray {
        length,
        null_count: 0,
        offset: 0,
        n_buffers: 2,
        n_children: 0,
        buffers: (*owned).buffers.as_mut_ptr(),
        children: ptr::null_mut(),
        dictionary: ptr::null_mut(),
        release: Some(release_array),
        private_data: owned.cast(),
    };
}

unsafe extern "C" fn distance_bind(
    arguments: *const ArrowSchema,
    result: *mut ArrowSchema,
    _instance: *mut *mut c_void,
    error: *mut WeirError,
) -> c_int {
    let arguments = &*arguments;
    let doubles = (0..arguments.n_children as usize).all(|i| *(**arguments.children.add(i)).format == b'g' as c_char);
    if arguments.n_children != 4 || !doubles {
        return (*error).say(-1, "it takes four DOUBLE: the latitudes and longitudes of two places");
    }
    *result = ArrowSchema {
        format: b"g\0".as_ptr().cast(),
        name: b"\0".as_ptr().cast(),
        metadata: ptr::null(),
        flags: NULLABLE,
        n_children: 0,
        children: ptr::null_mut(),
        dictionary: ptr::null_mut(),
        release: Some(release_schema),
        private_data: ptr::null_mut(),
    };
    0
}

/// Between two places on a sphere, in kilometres.
fn distance(lat1: f64, lon1: f64, lat2: f64, lon2: f64) -> f64 {
    let half = |a: f64, b: f64| ((b - a).to_radians() / 2.0).sin().powi(2);
    let h = half(lat1, lat2) + lat1.to_radians().cos() * lat2.to_radians().cos() * half(lon1, lon2);
    2.0 * 6371.0 * h.sqrt().min(1.0).asin()
}

unsafe extern "C" fn distance_eval(
    _instance: *mut c_void,
    arguments: *mut ArrowArray,
    result: *mut ArrowArray,
    error: *mut WeirError,
) -> c_int {
    let arguments = &*arguments;
    let rows = arguments.length as usize;
    let column = |i: usize| {
        let array = &**arguments.children.add(i);
        std::slice::from_raw_parts((*array.buffers.add(1)).cast::<f64>().add(array.offset as usize), rows)
    };
    let (lat1, lon1, lat2, lon2) = (column(0), column(1), column(2), column(3));
    if let Some(row) = (0..rows).find(|&row| lat1[row].abs() > 90.0 || lat2[row].abs() > 90.0) {
        return (*error).say(row as i64, "a latitude is beyond a pole");
    }
    give((0..rows).map(|row| distance(lat1[row], lon1[row], lat2[row], lon2[row])).collect(), result);
    0
}

static FUNCTIONS: [WeirFunction; 1] = [WeirFunction {
    name: b"distance_km\0".as_ptr().cast(),
    kind: SCALAR,
    flags: 0,
    bind: distance_bind,
    eval: distance_eval,
    close: None,
}];

static LIBRARY: WeirLibrary = WeirLibrary {
    abi_version: 1,
    function_bytes: std::mem::size_of::<WeirFunction>() as u32,
    function_count: 1,
    functions: FUNCTIONS.as_ptr(),
};

#[no_mangle]
pub extern "C" fn weir_library_v1() -> *const WeirLibrary {
    &LIBRARY
}
