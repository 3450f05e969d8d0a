// Terraced fields in a circle.
import {s} from '../dom.js';

export function logo() {
  const field = (color, path) => s('path', {class: `logo-${color}`, d: path});
  return s('svg', {class: 'logo', viewBox: '0 0 32 32', 'aria-hidden': 'true', focusable: 'false'},
    field('sun', 'M16 1a15 15 0 1 1 0 30a15 15 0 1 1 0-30z'),
    field('far', 'M1.4 12.5C7 9 11 9.400 16 12s9.500 2 14.400-1A15 15 0 1 1 1.400 12.500z'),
    field('middle', 'M1.400 18.800C7 16 11 16.200 16 19s9.500 2.600 14.800-.6A15 15 0 0 1 1.400 18.800z'),
    field('near', 'M4.500 25.600C8.500 23.600 12 23.800 15.500 25.200s7.500 2 11.600.200A15 15 0 0 1 4.500 25.600z'));
}
