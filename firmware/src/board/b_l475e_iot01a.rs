//! ST's B-L475E-IOT01A (STM32L475VG, Cortex-M4F), and QEMU's machine of the same name.
//!
//! Register names are those of the reference manual RM0351. QEMU models only part of the chip: the USART takes
//! 32-bit accesses only, FLASH_ACR and DWT_CYCCNT always read 0, so every wait for hardware has a bound.

mod chip;
mod fault;

use super::{Board, TICK_RATE, serial::Serial};
use convex_edge_core::{artefact, wire::CycleCounter};
use core::sync::atomic::{AtomicU32, Ordering};
use cortex_m::peripheral::{DWT, SCB, SYST, syst::SystClkSource};
use cortex_m_rt::{entry, exception};
use stm32l4::stm32l4x5::{GPIOB, Interrupt, NVIC, Peripherals, USART1, interrupt};

static SERIAL: Serial = Serial::new();
static TICKS: AtomicU32 = AtomicU32::new(0);

struct Discovery {
    gpio: GPIOB,
    usart: USART1,
    cycle_counter: CycleCounter,
}

#[entry]
fn main() -> ! {
    static mut MEMORY: crate::Memory = crate::Memory::new();
    let mut board = Discovery::start();
    let page = chip::flash(artefact::ADDRESS, artefact::MAXIMUM_BYTES);
    crate::serving::serve(&mut board, page, MEMORY)
}

impl Discovery {
    fn start() -> Self {
        // SAFETY: called once, before any interrupt is enabled; nothing else holds the peripherals.
        let (peripherals, mut core) = unsafe { (Peripherals::steal(), cortex_m::Peripherals::steal()) };
        let clock = chip::start_clock(&peripherals);
        chip::start_serial(&peripherals, clock);

        // LD2 is PB14, high when lit.
        peripherals.GPIOB.bsrr().write(|w| w.br14().set_bit());
        peripherals.GPIOB.moder().modify(|_, w| w.moder14().output());

        peripherals.USART1.cr1().modify(|_, w| w.rxneie().set_bit());

        core.SYST.set_clock_source(SystClkSource::Core);
        core.SYST.set_reload(clock / TICK_RATE - 1);
        core.SYST.clear_current();
        core.SYST.enable_interrupt();
        core.SYST.enable_counter();

        core.DCB.enable_trace();
        core.DWT.enable_cycle_counter();
        let before = DWT::cycle_count();
        cortex_m::asm::delay(8);
        let counts = DWT::cycle_count() != before;
        let cycle_counter = if counts { CycleCounter::Processor } else { CycleCounter::SysTick };

        // SAFETY: the handler shares only atomics and registers with the application.
        unsafe { NVIC::unmask(Interrupt::USART1) };
        Self { gpio: peripherals.GPIOB, usart: peripherals.USART1, cycle_counter }
    }
}

impl Board for Discovery {
    const NAME: &'static str = "b-l475e-iot01a";

    fn ticks(&self) -> u32 {
        TICKS.load(Ordering::Relaxed)
    }

    fn receive(&mut self) -> Option<u8> {
        SERIAL.receive()
    }

    fn overruns(&self) -> u32 {
        SERIAL.overruns()
    }

    fn transmit_room(&self) -> usize {
        SERIAL.transmit_room()
    }

    fn transmit(&mut self, frame: &[u8]) -> bool {
        let taken = SERIAL.transmit(frame);
        // The interrupt clears the bit only when nothing is queued, so setting it once too often is harmless.
        self.usart.cr1().modify(|_, w| w.txeie().set_bit());
        taken
    }

    fn set_armed(&mut self, armed: bool) {
        self.gpio.bsrr().write(|w| if armed { w.bs14().set_bit() } else { w.br14().set_bit() });
    }

    fn cycle_counter(&self) -> CycleCounter {
        self.cycle_counter
    }

    fn cycles(&self) -> Option<u32> {
        match self.cycle_counter {
            CycleCounter::None => None,
            CycleCounter::Processor => Some(DWT::cycle_count()),
            CycleCounter::SysTick => Some(systick_cycles()),
        }
    }

    fn stack_free(&self) -> Option<u32> {
        let [_, untouched] = chip::stack();
        u32::try_from(untouched).ok()
    }

    fn rest(&mut self) {
        // With interrupts masked a byte cannot slip in between the look and the sleep; a pending one still wakes.
        cortex_m::interrupt::free(|_| {
            if SERIAL.is_quiet() {
                cortex_m::asm::wfi();
            }
        });
    }
}

/// Cycles since SysTick began. Must not run with interrupts masked.
fn systick_cycles() -> u32 {
    let period = SYST::get_reload().wrapping_add(1);
    loop {
        let ticks = TICKS.load(Ordering::Relaxed);
        let left = SYST::get_current();
        // A tick between the two reads belongs to neither: read both again.
        if !SCB::is_pendst_pending() && TICKS.load(Ordering::Relaxed) == ticks {
            return ticks.wrapping_mul(period).wrapping_add(period.wrapping_sub(1).wrapping_sub(left));
        }
    }
}

#[exception]
fn SysTick() {
    // Only this handler writes the counter.
    TICKS.store(TICKS.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
}

#[interrupt]
fn USART1() {
    // SAFETY: the application's only access to these registers while the interrupt runs is setting TXEIE.
    let usart = unsafe { &*USART1::ptr() };
    let status = usart.isr().read();
    let received = status.rxne().bit_is_set().then(|| usart.rdr().read().bits() as u8);
    let overrun = status.ore().bit_is_set();
    if overrun {
        usart.icr().write(|w| w.orecf().clear());
    }
    let transmitter_empty = status.txe().bit_is_set();
    if let Some(byte) = SERIAL.interrupt(received, overrun, transmitter_empty) {
        // SAFETY: a byte fits into the nine-bit field.
        usart.tdr().write(|w| unsafe { w.bits(u32::from(byte)) });
    } else if transmitter_empty {
        usart.cr1().modify(|_, w| w.txeie().clear_bit());
    }
}
