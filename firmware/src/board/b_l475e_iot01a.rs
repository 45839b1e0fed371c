//! ST's B-L475E-IOT01A (STM32L475VG, Cortex-M4F), and QEMU's machine of the same name.
//!
//! Register names are those of the reference manual RM0351. QEMU models only part of the chip: the USART takes
//! 32-bit accesses only, FLASH_ACR and DWT_CYCCNT always read 0, so every wait for hardware has a bound.

mod fault;

use super::{Board, TICK_RATE, serial::Serial};
use convex_edge_core::{artefact, policy, wire::CycleCounter};
use core::sync::atomic::{AtomicU32, Ordering};
use cortex_m::peripheral::{DWT, SCB, SYST, syst::SystClkSource};
use cortex_m_rt::{STACK_PAINT_VALUE, entry, exception};
use stm32l4::stm32l4x5::{FLASH, GPIOB, Interrupt, NVIC, Peripherals, RCC, USART1, interrupt};

/// Clock after reset, Hz: the MSI oscillator's default.
const RESET_CLOCK: u32 = 4_000_000;

/// Clock with the PLL, Hz: the chip's highest.
const PLL_CLOCK: u32 = 80_000_000;

const BAUD_RATE: u32 = 115_200;

/// Most times that a hardware flag is read before boot goes on without it.
const POLLS: u32 = 20_000;

static SERIAL: Serial = Serial::new();
static TICKS: AtomicU32 = AtomicU32::new(0);

unsafe extern "C" {
    /// Lowest address of the stack (memory.x).
    #[link_name = "_stack_end"]
    static STACK_LOWEST: u32;
    /// First address above the stack (memory.x).
    #[link_name = "_stack_start"]
    static STACK_ABOVE: u32;
}

struct Discovery {
    gpio: GPIOB,
    usart: USART1,
    cycle_counter: CycleCounter,
}

#[entry]
fn main() -> ! {
    static mut MEMORY: policy::Horizon10 = policy::Horizon10::new();
    let mut board = Discovery::start();
    // SAFETY: the address and length are of flash, which nothing writes while the program runs.
    let page = unsafe {
        core::slice::from_raw_parts(
            core::ptr::with_exposed_provenance(artefact::ADDRESS as usize),
            artefact::MAXIMUM_BYTES,
        )
    };
    crate::serve(&mut board, page, MEMORY)
}

impl Discovery {
    fn start() -> Self {
        // SAFETY: called once, before any interrupt is enabled; nothing else holds the peripherals.
        let (chip, mut core) = unsafe { (Peripherals::steal(), cortex_m::Peripherals::steal()) };
        let clock = start_pll(&chip.RCC, &chip.FLASH);

        // LD2 is PB14, high when lit; ST-LINK's virtual serial port is on PB6 and PB7, alternate function 7.
        chip.RCC.ahb2enr().modify(|_, w| w.gpioben().set_bit());
        // A peripheral answers two cycles after its clock starts: the read-back takes them.
        chip.RCC.ahb2enr().read();
        chip.GPIOB.bsrr().write(|w| w.br14().set_bit());
        chip.GPIOB.afrl().modify(|_, w| w.afrl6().af7().afrl7().af7());
        chip.GPIOB.moder().modify(|_, w| w.moder6().alternate().moder7().alternate().moder14().output());

        chip.RCC.apb2enr().modify(|_, w| w.usart1en().set_bit());
        chip.RCC.apb2enr().read();
        // SAFETY: the divider of a 16-bit field: at most 80 MHz / 115200 Bd = 694, rounded.
        chip.USART1.brr().write(|w| unsafe { w.bits((clock + BAUD_RATE / 2) / BAUD_RATE) });
        chip.USART1.cr1().write(|w| w.ue().set_bit().re().set_bit().te().set_bit().rxneie().set_bit());

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
        Self { gpio: chip.GPIOB, usart: chip.USART1, cycle_counter }
    }
}

/// 80 MHz from the 4 MHz oscillator where the PLL locks; returns the clock that runs, Hz.
fn start_pll(rcc: &RCC, flash: &FLASH) -> u32 {
    // Four wait states are right for every clock up to 80 MHz at the supply range after reset.
    // SAFETY: a legal value of the field.
    flash.acr().modify(|_, w| unsafe { w.latency().bits(4).prften().set_bit().icen().set_bit().dcen().set_bit() });
    wait_until(|| flash.acr().read().latency().bits() == 4);
    // SAFETY: 4 MHz / 1 * 40 / 2 is within the PLL's limits (input 4 to 16 MHz, VCO 64 to 344 MHz).
    rcc.pllcfgr()
        .write(|w| unsafe { w.pllsrc().bits(1).pllm().bits(0).plln().bits(40).pllr().bits(0).pllren().set_bit() });
    rcc.cr().modify(|_, w| w.pllon().set_bit());
    if wait_until(|| rcc.cr().read().pllrdy().bit_is_set()) {
        // SAFETY: 3 is the PLL, which is ready.
        rcc.cfgr().modify(|_, w| unsafe { w.sw().bits(3) });
        if wait_until(|| rcc.cfgr().read().sws().bits() == 3) {
            return PLL_CLOCK;
        }
    }
    RESET_CLOCK
}

fn wait_until(ready: impl Fn() -> bool) -> bool {
    (0..POLLS).any(|_| ready())
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
        let lowest = &raw const STACK_LOWEST;
        let words = (&raw const STACK_ABOVE).addr().saturating_sub(lowest.addr()) / size_of::<u32>();
        // SAFETY: all words lie in the stack's region; those below the stack pointer change only in interrupts.
        let untouched = |&word: &usize| unsafe { lowest.add(word).read_volatile() } == STACK_PAINT_VALUE;
        u32::try_from((0..words).take_while(untouched).count() * size_of::<u32>()).ok()
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
