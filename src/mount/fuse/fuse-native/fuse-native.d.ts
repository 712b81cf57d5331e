declare module 'fuse-native' {
  const Fuse: import('./binding.js').FuseNativeClass
  export default Fuse
}
