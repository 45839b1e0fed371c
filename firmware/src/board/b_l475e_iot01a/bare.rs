//! Board without interrupts, for a program that computes, counts and sends its results.

use super::chip;
use core::sync::atomic::{Ordering, compiler_fence};
use cortex_m::peripheral::{SYST, syst::SystClkSource};
use stm32l4::stm32l4x5::{Peripherals, USART1};

/// SysTick counts down from its largest value.
const LONGEST: u32 = 0x00FF_FFFF;

/// A transmitter and a stopwatch.
pub(super) struct Bare {
    usart: USART1,
    systick: SYST,
}

impl Bare {
    /// Starts clock, serial port and SysTick.
    pub(super) fn start() -> Self {
        // SAFETY: called once; nothing else holds the peripherals.
        let (peripherals, core) = unsafe { (Peripherals::steal(), cortex_m::Peripherals::steal()) };
        let clock = chip::start_clock(&peripherals);
        chip::start_serial(&peripherals, clock);
        let mut systick = core.SYST;
        systick.set_clock_source(SystClkSource::Core);
        systick.set_reload(LONGEST);
        systick.clear_current();
        systick.enable_counter();
        Self { usart: peripherals.USART1, systick }
    }

    /// Sets the stopwatch to zero.
    pub(super) fn restart(&mut self) {
        self.systick.clear_current();
        // Nothing that is measured may be done before.
        compiler_fence(Ordering::SeqCst);
    }

    /// Ticks of the processor's clock since [`Bare::restart`]; [`u32::MAX`] where there were more than 2^24.
    pub(super) fn elapsed(&mut self) -> u32 {
        // Nothing that is measured may be done after.
        compiler_fence(Ordering::SeqCst);
        let left = SYST::get_current();
        if self.systick.has_wrapped() { u32::MAX } else { LONGEST.wrapping_sub(left) }
    }

    /// Sends, as long as the transmitter takes it.
    pub(super) fn send(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if !(0..chip::POLLS).any(|_| self.usart.isr().read().txe().bit_is_set()) {
                return;
            }
            // SAFETY: a byte fits into the nine-bit field.
            self.usart.tdr().write(|w| unsafe { w.bits(u32::from(byte)) });
        }
    }
}
