//! The processor's fault exceptions and every unexpected interrupt: safe output, a report, and the wait for a reset.

use super::chip::{POLLS, STACK_ABOVE, STACK_LOWEST};
use convex_edge_core::fault::Fault;
use convex_edge_core::wire::{TO_HOST_FRAME, ToHost, encode};
use core::arch::naked_asm;
use core::cell::UnsafeCell;
use core::panic::PanicInfo;
use cortex_m::peripheral::{SCB, SYST};
use stm32l4::stm32l4x5::{GPIOB, USART1};

/// The report runs here, because a fault may have come from the stack's end.
const STACK_BYTES: usize = 4096;

#[repr(C, align(8))]
struct Stack(UnsafeCell<[u8; STACK_BYTES]>);

// SAFETY: only the stack pointer ever refers to it.
unsafe impl Sync for Stack {}

static STACK: Stack = Stack(UnsafeCell::new([0; STACK_BYTES]));

/// Bytes from the exception frame's start to the program counter (ARMv7-M, B1.5.7).
const FRAME_PROGRAM_COUNTER: usize = 24;
const FRAME_BYTES: usize = 32;

const BUS_FAULT_ADDRESS_VALID: u32 = 1 << 15;
const MEMORY_FAULT_ADDRESS_VALID: u32 = 1 << 7;
const SYSTICK_COUNTED: u32 = 1 << 16;

/// Ticks of SysTick between two reports.
const REPORT_TICKS: u32 = 1000;

/// Changes to the reserved stack without touching the old one.
///
/// # Safety
/// Only the processor may call it.
// SAFETY: the vector table's name for it; cortex-m-rt's own trampoline pushes to the old stack.
#[unsafe(naked)]
#[unsafe(export_name = "HardFault")]
unsafe extern "C" fn hard_fault() -> ! {
    naked_asm!(
        "cpsid i",
        "mov r0, sp",
        // FPCCR.LSPACT: the lazy save of the floating-point registers would write to the old stack.
        "movw r1, #0xef34",
        "movt r1, #0xe000",
        "ldr r2, [r1]",
        "bic r2, r2, #1",
        "str r2, [r1]",
        "movw r1, #:lower16:{stack}",
        "movt r1, #:upper16:{stack}",
        "add r1, r1, #{bytes}",
        "mov sp, r1",
        "b {report}",
        stack = sym STACK,
        bytes = const STACK_BYTES,
        report = sym report,
    )
}

/// # Safety
/// Only the processor may call it.
// SAFETY: the vector table's name for every exception without a handler of its own.
#[unsafe(naked)]
#[unsafe(export_name = "DefaultHandler")]
unsafe extern "C" fn unexpected_exception() -> ! {
    naked_asm!("b {hard_fault}", hard_fault = sym hard_fault)
}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    cortex_m::asm::udf()
}

extern "C" fn report(stack_pointer: usize) -> ! {
    // SAFETY: nothing else runs any more.
    let (gpio, usart, scb, systick) = unsafe { (&*GPIOB::ptr(), &*USART1::ptr(), &*SCB::PTR, &*SYST::PTR) };
    gpio.bsrr().write(|w| w.br14().set_bit());

    let stack = (&raw const STACK_LOWEST).addr()..=(&raw const STACK_ABOVE).addr().saturating_sub(FRAME_BYTES);
    let program_counter = if stack.contains(&stack_pointer) {
        // SAFETY: the whole exception frame lies in the stack's region.
        unsafe { core::ptr::with_exposed_provenance::<u32>(stack_pointer + FRAME_PROGRAM_COUNTER).read_volatile() }
    } else {
        0
    };
    let status = scb.cfsr.read();
    let address = if status & BUS_FAULT_ADDRESS_VALID != 0 {
        scb.bfar.read()
    } else if status & MEMORY_FAULT_ADDRESS_VALID != 0 {
        scb.mmfar.read()
    } else {
        0
    };

    let mut buffer = [0; TO_HOST_FRAME];
    let fault = ToHost::Fault(Fault::HardFault { program_counter, status, address });
    let frame = encode(&fault, &mut buffer).unwrap_or(&[]);
    loop {
        // The delimiter in front ends a frame that was under way.
        for &byte in core::iter::once(&0).chain(frame) {
            if !(0..POLLS).any(|_| usart.isr().read().txe().bit_is_set()) {
                break;
            }
            // SAFETY: a byte fits into the nine-bit field.
            usart.tdr().write(|w| unsafe { w.bits(u32::from(byte)) });
        }
        // The next report answers the end of a received frame, or comes after a second.
        let mut ticks = 0;
        while ticks < REPORT_TICKS {
            ticks += u32::from(systick.csr.read() & SYSTICK_COUNTED != 0);
            usart.icr().write(|w| w.orecf().clear());
            if usart.isr().read().rxne().bit_is_set() && usart.rdr().read().bits() as u8 == 0 {
                break;
            }
        }
    }
}
