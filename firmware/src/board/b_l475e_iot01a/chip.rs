//! Chip of the board: clock, pins and speed of the serial port, flash and stack, for every program that runs on it.

use cortex_m_rt::STACK_PAINT_VALUE;
use stm32l4::stm32l4x5::Peripherals;

/// Clock after reset, Hz: the MSI oscillator's default.
const RESET_CLOCK: u32 = 4_000_000;

/// Clock with the PLL, Hz: the chip's highest.
const PLL_CLOCK: u32 = 80_000_000;

const FLASH_START: usize = 0x0800_0000;
const FLASH_END: usize = 0x0810_0000;

const BAUD_RATE: u32 = 115_200;

/// Most times that a hardware flag is read before the program goes on without it.
pub(super) const POLLS: u32 = 20_000;

unsafe extern "C" {
    /// Lowest address of the stack (memory.x).
    #[link_name = "_stack_end"]
    pub(super) static STACK_LOWEST: u32;
    /// First address above the stack (memory.x).
    #[link_name = "_stack_start"]
    pub(super) static STACK_ABOVE: u32;
}

/// 80 MHz from the 4 MHz oscillator where the PLL locks; returns the clock that runs, Hz.
pub(super) fn start_clock(chip: &Peripherals) -> u32 {
    let (rcc, flash) = (&chip.RCC, &chip.FLASH);
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

/// Switches the port to ST-LINK on, without interrupts; it is on PB6 and PB7, alternate function 7.
pub(super) fn start_serial(chip: &Peripherals, clock: u32) {
    chip.RCC.ahb2enr().modify(|_, w| w.gpioben().set_bit());
    // A peripheral answers two cycles after its clock starts: the read-back takes them.
    chip.RCC.ahb2enr().read();
    chip.GPIOB.afrl().modify(|_, w| w.afrl6().af7().afrl7().af7());
    chip.GPIOB.moder().modify(|_, w| w.moder6().alternate().moder7().alternate());

    chip.RCC.apb2enr().modify(|_, w| w.usart1en().set_bit());
    chip.RCC.apb2enr().read();
    // SAFETY: the divider of a 16-bit field: at most 80 MHz / 115200 Bd = 694, rounded.
    chip.USART1.brr().write(|w| unsafe { w.bits((clock + BAUD_RATE / 2) / BAUD_RATE) });
    chip.USART1.cr1().write(|w| w.ue().set_bit().re().set_bit().te().set_bit());
}

/// The part of the flash that holds data; none where it is not all flash.
pub(super) fn flash(address: u32, bytes: usize) -> &'static [u8] {
    let start = address as usize;
    if start < FLASH_START || bytes > FLASH_END.saturating_sub(start) {
        return &[];
    }
    // SAFETY: the address and length are of flash, which nothing writes while a program runs.
    unsafe { core::slice::from_raw_parts(core::ptr::with_exposed_provenance(start), bytes) }
}

/// Bytes of stack, and how many of them were never touched since reset.
pub(super) fn stack() -> [usize; 2] {
    let lowest = &raw const STACK_LOWEST;
    let words = (&raw const STACK_ABOVE).addr().saturating_sub(lowest.addr()) / size_of::<u32>();
    // SAFETY: all words lie in the stack's region; those below the stack pointer change only in interrupts.
    let untouched = |&word: &usize| unsafe { lowest.add(word).read_volatile() } == STACK_PAINT_VALUE;
    [words, (0..words).take_while(untouched).count()].map(|words| words * size_of::<u32>())
}
